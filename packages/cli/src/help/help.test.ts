import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { EXAMPLES } from '../examples.ts'
import { commandHelps, groupHelps, programHelp } from '../command-helps.ts'
import { recordedRun } from '../../test/recorded-run.ts'

const COLUMNS = 80
const GOLDEN = join(import.meta.dirname, '../../golden/help')
const all = [...(await groupHelps()), ...(await commandHelps())]

/** The lines of a help that are wider than a terminal. */
function tooWide(help: string): readonly string[] {
  return help.split('\n').filter((line) => line.length > COLUMNS)
}

describe('the help', () => {
  it('is printed for a program without arguments, with exit code 0', async () => {
    const { code, out, err } = await recordedRun('', {})
    expect([code, err]).toEqual([0, ''])
    expect(out).toBe(await programHelp())
    await expect(out).toMatchFileSnapshot(join(GOLDEN, 'freshet.txt'))
  })

  it('of the program has its sections in order, and begins with a start', async () => {
    const help = await programHelp()
    const headings = help.match(/^[A-Z][\w ]+:$/gm)
    expect(headings).toEqual(
      ['Start here', 'Options', 'Start', 'Ask', 'Act', 'Govern', 'Install'].map(
        (name) => `${name}:`,
      ),
    )
  })

  it.each(all.map(({ words, help }) => [words, help] as const))(
    'of %s fits 80 columns, has examples, and is as it was',
    async (words, help) => {
      expect(tooWide(help)).toEqual([])
      expect(help).toContain(`\nExamples:\n  `)
      await expect(help).toMatchFileSnapshot(join(GOLDEN, `${words.replaceAll(' ', '-')}.txt`))
    },
  )

  it('control: a line that is too wide is found, also among the examples', () => {
    const wide = 'x'.repeat(COLUMNS + 1)
    expect(tooWide(`a\n${wide}\n\nExamples:\n${wide}\n`)).toEqual([wide, wide])
  })

  it('shows times with a unit, no default of options that repeat, and whole examples', () => {
    const helps = all.map(({ help }) => help).join('\n')
    expect(helps).not.toMatch(/<(duration|time)>[^-]*\(default: \d+\)|default: \[\]/)
    expect(helps).toContain('(default: 10 s)')
    expect(helps).toMatch(/\(default:\s+15 min\)/)
    const joined = helps.replaceAll(' \\\n    ', ' ')
    for (const line of Object.values(EXAMPLES).flat()) expect(joined).toContain(`  ${line}\n`)
  })
})
