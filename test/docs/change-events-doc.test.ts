import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseChangeEvent, parseSetChange } from '@freshet/wire'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { describe, expect, it } from 'vitest'
import { SECURITY_EVENTS } from '../../packages/wire/src/changes/security-events.ts'
import { readPage, ROOT, rowsOf } from './pages.ts'

const { text: page } = readPage('docs/change-events.md')
const schema = readJson('schemas/change-data.schema.json')
const isValid = new Ajv2020({ strict: false }).compile(schema)
const SUBJECT = { iss: 'https://idp.acme.example', sub: 'alice' }

interface Example {
  readonly op: string
  readonly data: Readonly<Record<string, unknown>>
}

function readJson(path: string): Record<string, unknown> {
  return JSON.parse(readFileSync(join(ROOT, path), 'utf8')) as Record<string, unknown>
}

/** The kinds of a text: sections of the third level, each with its first example. */
function kindsIn(text: string): readonly Example[] {
  return text.split(/^### /m).flatMap((section) => {
    const [op = ''] = section.split('\n')
    const [, json] = /```json\n([\s\S]*?)```/.exec(section) ?? []
    const isKind = /^[a-z-]+$/.test(op) && json !== undefined
    return isKind ? [{ op, data: JSON.parse(json) as Example['data'] }] : []
  })
}

/** Every `op` that a schema allows. */
function opsOf(node: unknown): readonly string[] {
  if (Array.isArray(node)) return node.flatMap(opsOf)
  if (typeof node !== 'object' || node === null) return []
  const { properties, ...rest } = node as {
    properties?: { op?: { const?: string; enum?: string[] } }
  }
  const { const: one, enum: several = [] } = properties?.op ?? {}
  return [...(one === undefined ? several : [one]), ...Object.values(rest).flatMap(opsOf)]
}

/** A Security Event Token with one event. */
function setWith(uri: string, format: string): unknown {
  const { iss, sub } = SUBJECT
  return {
    iss: 'hr',
    jti: 'hr-43',
    iat: 1_795_514_400,
    sub_id: format === 'jwt_id' ? { format, iss, jti: 'token-1' } : { format, iss, sub },
    events: { [uri]: { claims: { groups: ['staff'] } } },
    freshet: { tenant: 'acme', sourceVersion: '43' },
  }
}

/** The `op` of the change in a Security Event Token. */
function opOf(set: unknown): string {
  const { change } = parseSetChange(set)
  return 'op' in change ? change.op : change.kind
}

const kinds = kindsIn(page)

describe('docs/change-events.md', () => {
  it('has every kind of the schema, once', () => {
    expect(kinds.map(({ op }) => op).toSorted()).toEqual([...new Set(opsOf(schema))].toSorted())
  })

  it.each(kinds)('has an example of $op that the schema and the codec accept', ({ op, data }) => {
    expect(isValid(data) ? [] : isValid.errors).toEqual([])
    const source = ['activate', 'open', 'close', 'clear-doubt'].includes(op) ? 'freshet' : 'hr'
    const envelope = { specversion: '1.0', id: 'x-1', source, type: 'dev.freshet.change.v1', data }
    expect(parseChangeEvent(envelope).change.id).toBe('x-1')
    expect(data['op']).toBe(op)
  })

  it('control: an example with a missing or wrong member is refused', () => {
    const [, { data } = { data: {} }] = kinds
    expect(isValid(data)).toBe(true)
    expect(isValid({ ...data, value: [] })).toBe(false)
    expect(isValid({ ...data, sourceVersion: 'seven' })).toBe(false)
    expect(kindsIn('### made-up\n\n```json\n{ "op": "made-up" }\n```\n')).toHaveLength(1)
  })
})

describe('its table of security events', () => {
  const rows = rowsOf(page, /^`https:/).map((cells) =>
    cells.map((cell) => cell.replaceAll('`', '')),
  )

  it('has every event that a source can send', () => {
    expect(new Set(rows.map(([uri]) => uri))).toEqual(new Set(Object.values(SECURITY_EVENTS)))
  })

  it.each(rows)('%s about %s is read as %s', (uri = '', format = '', op = '') => {
    expect(opOf(setWith(uri, format))).toBe(op)
  })

  it('control: an event that it does not have is refused', () => {
    const other = 'https://schemas.openid.net/secevent/caep/event-type/device-compliance-change'
    expect(() => opOf(setWith(other, 'iss_sub'))).toThrow('not mapped')
  })
})
