import type { Statement } from '../query.ts'

/**
 * Records of a feed ($1, $2) in a partition ($3) stand in the topic: ids ($4), numbers ($5),
 * offsets ($6). A row that was given another number since then still waits. Bytes that stand in the
 * topic are not kept here: nobody produces them again.
 */
export const acknowledgeStamps: Statement = {
  name: 'intake-acknowledge-stamps',
  text: `
    UPDATE stamp SET acknowledged = true, log_offset = landed.log_offset,
      key = NULL, value = NULL, headers = NULL
    FROM unnest($4::text[], $5::bigint[], $6::bigint[]) AS landed (id, number, log_offset)
    WHERE stamp.tenant = $1 AND stamp.source = $2 AND stamp.partition = $3
      AND stamp.id = landed.id AND stamp.number = landed.number AND NOT stamp.acknowledged`,
}
