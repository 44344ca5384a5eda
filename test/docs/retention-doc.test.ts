import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { keptText, RETENTION, type Retention } from '@freshet/protocol'
import { describe, expect, it } from 'vitest'
import { ROOT } from './pages.ts'

const page = readFileSync(join(ROOT, 'docs/retention.md'), 'utf8')
/** The cells without the blanks that align them. */
const rows = page
  .split('\n')
  .filter((line) => line.startsWith('|'))
  .map((line) => line.split('|').map((cell) => cell.trim()))
const kinds: readonly (readonly [string, Retention])[] = Object.entries(RETENTION)
const named = ({ tables }: Retention): string => tables.map((table) => `\`${table}\``).join(', ')

describe('the page of retention', () => {
  it.each(kinds)('states how long %s are kept', (_, kind) => {
    expect(rows.map((row) => row.slice(1, 3))).toContainEqual([named(kind), keptText(kind)])
  })

  it.each(['changes', 'issuances', 'revocations', 'edge-reports', 'quarantine', 'audit'])(
    'states how long the topic of %s is kept',
    (topic) => {
      const name = `freshet.${topic}.v1`
      const topics = readFileSync(join(ROOT, 'infra/topics.yaml'), 'utf8')
      const [, ms] = new RegExp(`${name}:[^]*?retention\\.ms: (\\d+)`).exec(topics) ?? []
      expect(rows.map((row) => row.slice(1, 3))).toContainEqual([
        `\`${name}\``,
        `${Number(ms) / 86_400_000} d`,
      ])
    },
  )
})
