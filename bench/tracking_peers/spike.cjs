// What a first script for the job does: read the file, parse its lines, look whether the required params are there.
const { readFileSync } = require("node:fs");

const required = JSON.parse(readFileSync(process.argv[2], "utf8"));
const events = readFileSync(process.argv[3], "utf8")
  .split("\n")
  .filter(Boolean)
  .map((line) => JSON.parse(line));
const faults = [];
events.forEach(({ name, type, params }, index) => {
  if (!type || !params) {
    faults.push(`event ${index} lacks its type or its params`);
    return;
  }
  for (const param of required[name] ?? []) {
    if (!(param in params)) faults.push(`event ${index} (${name}) lacks ${param}`);
  }
});
console.log({ events: events.length, faults });
process.exitCode = faults.length ? 1 : 0;
