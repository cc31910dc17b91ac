-- Guests who signed in, for requests that still come with the guest's token.
CREATE TABLE merged (
  tenant text NOT NULL,
  guest_id uuid NOT NULL,
  user_id uuid NOT NULL,
  PRIMARY KEY (tenant, guest_id)
);
