import { parse } from 'yaml'
import { describe, expect, it } from 'vitest'
import { recordingShell } from '../recording-shell.ts'
import { show, type OutputFormat, type Shown } from './format.ts'

const items = [
  { id: 'hr-1', claim: 'groups', at: '2026-11-24T10:00:00Z', count: 0, none: undefined },
  { id: '\u001b[2J', claim: null },
]
const shown: Shown = { data: { items }, items, text: () => 'as people read it' }

async function written(format: OutputFormat, what: Shown = shown): Promise<string> {
  const shell = recordingShell()
  await show(shell, format, what)
  return shell.written().out
}

describe('an answer is written', () => {
  it('YAML has the members of JSON', async () => {
    expect(parse(await written('yaml'))).toEqual(JSON.parse(await written('json')))
  })

  it('names come one on a line, and steer no terminal', async () => {
    expect(await written('name')).toBe('hr-1\n�[2J\n')
  })

  it('names need items that have some', async () => {
    const nameless = { data: {}, items: [{ lag: 1 }], text: () => '' }
    await expect(written('name', nameless)).rejects.toThrow('This command has no names to print.')
  })

  it('as the names of no items, which is nothing', async () => {
    expect(await written('name', { data: {}, items: [], text: () => '' })).toBe('')
  })
})
