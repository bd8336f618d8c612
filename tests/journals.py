"""Journals as the pytest plugin writes them."""

import json


class Written(list):
    def __init__(self):
        super().__init__()
        self.add("start", pytest="9.2.0", root="/w", at=1.0)

    def add(self, event, **more):
        self.append(json.dumps({"e": event, **more}))
        return self

    def collected(self, every, mine=None):
        return self.add("collected", all=every, mine=every if mine is None else mine)

    def begun(self, test):
        return self.add("test", id=test, file=test.split("::")[0], line=1, at=1.0)

    def phase(self, test, when, outcome, seconds=0.5):
        return self.add("phase", id=test, when=when, outcome=outcome, seconds=seconds, xfail=None, text="boom")

    def test(self, test, *, setup="passed", call="passed", teardown="passed", tries=None, done=True):
        self.begun(test)
        for call_ in tries or [call]:
            self.phase(test, "setup", setup)
            if setup == "passed":
                self.phase(test, "call", call_)
            self.phase(test, "teardown", teardown)
        return self.add("done", id=test) if done else self

    def end(self, code):
        return self.add("end", exit=code)
