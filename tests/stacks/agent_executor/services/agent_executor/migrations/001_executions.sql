CREATE TABLE executions (id text PRIMARY KEY, answer text NOT NULL);
