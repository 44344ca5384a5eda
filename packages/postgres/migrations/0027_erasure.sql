-- Under what an account is known once its subject was erased: whoever has the name finds it, and nobody
-- finds the name. It stays deleted, whatever other sources say later, until its own source enables it.
create function erased_name(subject text) returns text
  language sql immutable strict parallel safe
  return 'erased:' || encode(sha256(convert_to(subject, 'UTF8')), 'hex');
