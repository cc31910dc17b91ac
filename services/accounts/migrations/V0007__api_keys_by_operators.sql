-- Whether an operator made the key for its owner, who sees that. Which operator is in the log alone: here their id would outlive them (decision 0039).
ALTER TABLE api_key ADD COLUMN made_by_operator boolean NOT NULL DEFAULT false;
