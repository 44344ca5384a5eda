import type { Statement } from '../query.ts'

/** Records of a feed ($1, $2) in a partition ($3) stand in the topic: ids ($4), offsets ($5). */
export const acknowledgeStamps: Statement = {
  name: 'intake-acknowledge-stamps',
  text: `
    UPDATE stamp SET acknowledged = true, log_offset = landed.log_offset
    FROM unnest($4::text[], $5::bigint[]) AS landed (id, log_offset)
    WHERE stamp.tenant = $1 AND stamp.source = $2 AND stamp.partition = $3
      AND stamp.id = landed.id AND NOT stamp.acknowledged`,
}
