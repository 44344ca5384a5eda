-- Each turn of the control partition reads the denials of keys and issuers, which are few beside those of tokens and sessions.
create index denial_permanent on denial (denial_key) where kind in ('key', 'issuer') and record is not null;
