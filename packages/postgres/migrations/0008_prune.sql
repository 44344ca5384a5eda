-- Pruning asks for the oldest watermarks of all partitions.
create index watermark_by_age on watermark (raised_at_ms);
