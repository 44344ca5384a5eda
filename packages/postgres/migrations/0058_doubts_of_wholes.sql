-- expand
-- concurrently
-- The open doubts of whole tenants and identity providers, whose keys end with an empty name. There are few, and status reads them each second.
CREATE INDEX CONCURRENTLY doubt_of_wholes ON doubt (subject, claim) WHERE subject LIKE '%,""]' AND raised AND NOT settled;
