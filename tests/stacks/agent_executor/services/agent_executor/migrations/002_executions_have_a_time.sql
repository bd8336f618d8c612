ALTER TABLE executions ADD COLUMN done_at timestamptz NOT NULL DEFAULT now();
