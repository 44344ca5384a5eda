import type {
  GroupOfUser,
  ScimName,
  ScimResource,
  ScimStore,
  ScimWrite,
  WriteOutcome,
} from '@freshet/scim'
import { isUniqueViolation } from '../connection/errors.ts'
import type { Database } from '../connection/pool.ts'
import type { Queryable, Statement } from '../connection/query.ts'
import { inTransaction } from '../connection/transaction.ts'

/** The users and groups of a source in Postgres. The pool is that of the role `freshet_tenant`. */
export function postgresScimStore(db: Database, tenant: string, source: string): ScimStore {
  const own = db.ofTenant(tenant)
  const resources = async (
    statement: Statement,
    ...values: readonly unknown[]
  ): Promise<readonly ScimResource[]> => {
    const { rows } = await own.query<ResourceRow & Record<string, unknown>>(statement, [
      tenant,
      source,
      ...values,
    ])
    return rows.map(toResource)
  }
  return {
    find: (kind, by, value, limit) => resources(FINDING[by], kind, value, limit),
    page: (kind, afterId, limit) => resources(SELECT_PAGE, kind, afterId, limit),
    async count(kind) {
      const { rows } = await own.query<{ count: bigint }>(COUNT, [tenant, source, kind])
      return Number(rows[0]?.count ?? 0)
    },
    async members(groupId) {
      const { rows } = await own.query<{ member_id: string }>(SELECT_MEMBERS, [
        tenant,
        source,
        groupId,
      ])
      return new Set(rows.map((row) => row.member_id))
    },
    users: (ids) => resources(SELECT_USERS, ids),
    async groupsOf(userIds) {
      const { rows } = await own.query<GroupRow & Record<string, unknown>>(SELECT_GROUPS, [
        tenant,
        source,
        userIds,
      ])
      const groups = new Map<string, GroupOfUser[]>(userIds.map((id) => [id, []]))
      for (const { member_id: member, id, name, external_id: externalId } of rows)
        groups.get(member)?.push({
          value: id,
          display: name,
          ...(externalId !== null && { externalId }),
        })
      return groups
    },
    async write(write) {
      try {
        return await inTransaction(db, { tenant }, (tx) => writeAll(tx, [tenant, source], write))
      } catch (error) {
        if (!isUniqueViolation(error)) throw error
        return 'taken'
      }
    },
  }
}

async function writeAll(
  tx: Queryable,
  of: readonly [string, string],
  write: ScimWrite,
): Promise<WriteOutcome> {
  const { put, remove, expected, joining = [], leaving = [] } = write
  let written = true
  if (put !== undefined) {
    const { id, kind, attributes, nameKey, version, createdMs, changedMs } = put
    const state = [attributes['externalId'] ?? null, nameKey, version, changedMs, attributes]
    written =
      expected === undefined
        ? (await tx.query(INSERT, [...of, id, ...state, kind, createdMs])).count === 1
        : (await tx.query(UPDATE, [...of, id, ...state, expected])).count === 1
    if (written && leaving.length > 0) await tx.query(DELETE_MEMBERS, [...of, id, leaving])
    if (written && joining.length > 0) await tx.query(INSERT_MEMBERS, [...of, id, joining])
  }
  if (remove !== undefined) {
    await tx.query(DELETE_MEMBERSHIPS, [...of, remove.id])
    written = (await tx.query(DELETE, [...of, remove.id, remove.kind, expected])).count === 1
  }
  return written ? 'written' : 'changed'
}

interface ResourceRow {
  readonly kind: ScimResource['kind']
  readonly id: string
  readonly attributes: ScimResource['attributes']
  readonly version: number
  readonly created_ms: bigint
  readonly changed_ms: bigint
}

interface GroupRow {
  readonly member_id: string
  readonly id: string
  readonly name: string
  readonly external_id: string | null
}

function toResource(row: ResourceRow): ScimResource {
  const { kind, id, attributes, version } = row
  const times = { createdMs: Number(row.created_ms), changedMs: Number(row.changed_ms) }
  return { kind, id, attributes, version, ...times }
}

const COLUMNS = 'kind, id, attributes, version, created_ms, changed_ms'
const finding = (name: string, condition: string): Statement => ({
  name: `scim-find-${name}`,
  text: `
    SELECT ${COLUMNS} FROM scim_resource
    WHERE tenant = $1 AND source = $2 AND kind = $3 AND ${condition}
    ORDER BY id LIMIT $5`,
})
const FINDING: Readonly<Record<ScimName, Statement>> = {
  id: finding('id', 'id = $4'),
  externalId: finding('external-id', 'external_id = $4'),
  nameKey: finding('name', 'name_key = $4'),
}
const SELECT_PAGE: Statement = {
  name: 'scim-select-page',
  text: `
    SELECT ${COLUMNS} FROM scim_resource
    WHERE tenant = $1 AND source = $2 AND kind = $3 AND id > $4 ORDER BY id LIMIT $5`,
}
const COUNT: Statement = {
  name: 'scim-count',
  text: 'SELECT count(*) FROM scim_resource WHERE tenant = $1 AND source = $2 AND kind = $3',
}
const SELECT_USERS: Statement = {
  name: 'scim-select-users',
  text: `
    SELECT ${COLUMNS} FROM scim_resource
    WHERE tenant = $1 AND source = $2 AND kind = 'User' AND id = ANY($3::text[])`,
}
const SELECT_MEMBERS: Statement = {
  name: 'scim-select-members',
  text: `
    SELECT m.member_id FROM scim_member m
    JOIN scim_resource u ON u.tenant = m.tenant AND u.source = m.source AND u.id = m.member_id
    WHERE m.tenant = $1 AND m.source = $2 AND m.group_id = $3`,
}
const SELECT_GROUPS: Statement = {
  name: 'scim-select-groups',
  text: `
    SELECT m.member_id, g.id, g.attributes ->> 'displayName' AS name, g.external_id
    FROM scim_member m
    JOIN scim_resource g ON g.tenant = m.tenant AND g.source = m.source AND g.id = m.group_id
    WHERE m.tenant = $1 AND m.source = $2 AND m.member_id = ANY($3::text[]) ORDER BY g.id`,
}
const INSERT: Statement = {
  name: 'scim-insert',
  text: `
    INSERT INTO scim_resource
      (tenant, source, id, external_id, name_key, version, changed_ms, attributes, kind, created_ms)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
}
const UPDATE: Statement = {
  name: 'scim-update',
  text: `
    UPDATE scim_resource
    SET external_id = $4, name_key = $5, version = $6, changed_ms = $7, attributes = $8
    WHERE tenant = $1 AND source = $2 AND id = $3 AND version = $9`,
}
const DELETE: Statement = {
  name: 'scim-delete',
  text: `
    DELETE FROM scim_resource
    WHERE tenant = $1 AND source = $2 AND id = $3 AND kind = $4 AND version = $5`,
}
const INSERT_MEMBERS: Statement = {
  name: 'scim-insert-members',
  text: `
    INSERT INTO scim_member (tenant, source, group_id, member_id)
    SELECT $1, $2, $3, id FROM scim_resource
    WHERE tenant = $1 AND source = $2 AND kind = 'User' AND id = ANY($4::text[])
    ON CONFLICT DO NOTHING`,
}
const DELETE_MEMBERS: Statement = {
  name: 'scim-delete-members',
  text: `
    DELETE FROM scim_member
    WHERE tenant = $1 AND source = $2 AND group_id = $3 AND member_id = ANY($4::text[])`,
}
const DELETE_MEMBERSHIPS: Statement = {
  name: 'scim-delete-memberships',
  text: `
    DELETE FROM scim_member
    WHERE tenant = $1 AND source = $2 AND (group_id = $3 OR member_id = $3)`,
}
