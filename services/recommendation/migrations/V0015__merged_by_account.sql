-- What a refusal takes back is also what the person left as a guest: their guests are found by the account.
CREATE INDEX merged_user ON merged (tenant, user_id);
