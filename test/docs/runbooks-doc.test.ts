import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { verbsOf } from '../../packages/cli/src/examples.ts'
import { recordingShell } from '../../packages/cli/src/recording-shell.ts'
import { programFor } from '../../packages/cli/src/run-command.ts'
import { ROOT } from './pages.ts'

const FOLDER = join(ROOT, 'docs/runbooks')
const SECTIONS = ['Meaning', 'Impact', 'Diagnosis', 'Mitigation']

interface RuleFile {
  readonly groups: readonly {
    readonly rules: readonly {
      readonly alert?: string
      readonly annotations?: Readonly<Record<string, string>>
    }[]
  }[]
}

const alerts = ['slos', 'alerts'].flatMap((name) => {
  const text = readFileSync(join(ROOT, `infra/prometheus/freshet-${name}.yaml`), 'utf8')
  return (parse(text) as RuleFile).groups
    .flatMap((group) => group.rules)
    .flatMap(({ alert, annotations }) => (alert && annotations ? [{ alert, annotations }] : []))
})
const runbooks = readdirSync(FOLDER).map((file) => ({
  file,
  text: readFileSync(join(FOLDER, file), 'utf8'),
}))

/** Returns the lines of blocks that begin with freshet. */
function commandsIn(text: string): readonly string[] {
  const blocks = [...text.matchAll(/```sh\n([\s\S]*?)```/g)].map(([, block = '']) => block)
  return blocks.flatMap((block) => block.split('\n')).filter((line) => line.startsWith('freshet '))
}

/** Returns the arguments of a command line; quoted text is one argument. */
function wordsOf(line: string): readonly string[] {
  return (line.match(/'[^']*'|\S+/g) ?? []).map((word) => word.replaceAll("'", '')).slice(1)
}

/**
 * Returns whether the real program accepts a command line: verb, arguments and options. It does not run the
 * command.
 */
async function isTaken(line: string): Promise<boolean> {
  const program = programFor(recordingShell())
  for (const { command } of verbsOf(program)) command.action(() => {})
  return program.parseAsync([...wordsOf(line)], { from: 'user' }).then(
    () => true,
    () => false,
  )
}

describe('runbooks', () => {
  it('are one for each alert, and none more', () => {
    const names = new Set(alerts.map(({ alert }) => `${alert}.md`))
    expect(runbooks.map(({ file }) => file).toSorted()).toEqual([...names].toSorted())
  })

  it.each(alerts)('$alert names its own', ({ alert, annotations }) => {
    expect(annotations['runbook_url']).toMatch(
      new RegExp(`^https://.+/docs/runbooks/${alert}\\.md$`),
    )
    expect(annotations['summary']).toMatch(/\.$/)
  })

  it.each(runbooks)('$file has its four sections, each with something in it', ({ file, text }) => {
    const [head, ...sections] = text.split('\n## ')
    expect(head?.trim()).toBe(`# ${file.replace('.md', '')}`)
    expect(sections.map((section) => section.split('\n')[0])).toEqual(SECTIONS)
    for (const section of sections) expect(section.length).toBeGreaterThan(60)
  })

  const lines = runbooks.flatMap(({ file, text }) =>
    commandsIn(text).map((line) => [line, file] as const),
  )

  it.each(lines)('%s, in %s, is taken by freshet', async (line) => {
    expect(await isTaken(line)).toBe(true)
  })

  it('control: a verb, an option or an argument that freshet has not is found', async () => {
    const text = 'x\n```sh\nfreshet edge ls --frobnicate\n# no\nfreshet edge ls\n```\n'
    expect(commandsIn(text)).toEqual(['freshet edge ls --frobnicate', 'freshet edge ls'])
    const taken = await Promise.all(
      [
        ...commandsIn(text),
        'freshet frobnicate',
        'freshet change explain',
        'freshet doctor x y',
      ].map(isTaken),
    )
    expect(taken).toEqual([false, true, false, false, false])
  })
})
