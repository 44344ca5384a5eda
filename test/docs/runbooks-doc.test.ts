import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { verbsOf } from '../../packages/cli/src/examples.ts'
import { recordingShell } from '../../packages/cli/src/recording-shell.ts'
import { programFor } from '../../packages/cli/src/run-command.ts'
import { RUNBOOK_PAGES, runbookPath } from '../../packages/insight/src/slo/alerts.ts'
import { ROOT } from './pages.ts'

const FOLDER = join(ROOT, 'docs/runbooks')
const PARTS = ['Meaning', 'Impact', 'Diagnosis', 'Mitigation']

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
const pages = readdirSync(FOLDER).map((file) => ({
  file,
  text: readFileSync(join(FOLDER, file), 'utf8'),
}))
const runbooks = pages.filter(({ file }) => file !== 'README.md').flatMap(runbooksIn)

/** Returns the sections of a page with the paths, below their folder, that lead to them. */
function runbooksIn({ file, text }: { readonly file: string; readonly text: string }) {
  const [, ...sections] = text.split(/^## /m)
  return sections.map((section) => {
    const [alert = '', ...lines] = section.split('\n')
    return { alert, path: `${file}#${alert.toLowerCase()}`, text: lines.join('\n') }
  })
}

/** Returns the paths below the folder to which an address leads, if a section has it. */
function sectionsAt(url: string): readonly string[] {
  return runbooks.map(({ path }) => path).filter((path) => url.endsWith(`/docs/runbooks/${path}`))
}

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
    const names = new Set(alerts.map(({ alert }) => alert))
    expect(runbooks.map(({ alert }) => alert).toSorted()).toEqual([...names].toSorted())
  })

  it('are on the pages that code links to', () => {
    for (const { alert, path } of runbooks) expect(runbookPath(alert)).toBe(path)
    expect(Object.values(RUNBOOK_PAGES).flat()).toHaveLength(runbooks.length)
    expect(runbookPath('FreshetOfAnotherBuild')).toBe('README.md')
  })

  it.each(alerts)('$alert leads to its section', ({ alert, annotations }) => {
    expect(sectionsAt(annotations['runbook_url'] ?? '')).toEqual([runbookPath(alert)])
    expect(annotations['summary']).toMatch(/\.$/)
  })

  it('control: an address of another page, or of no section, leads to none', () => {
    const [url = ''] = alerts.map(({ annotations }) => annotations['runbook_url'])
    expect(sectionsAt(url)).toHaveLength(1)
    expect(sectionsAt(url.replace(/\w+\.md/, 'other.md'))).toEqual([])
    expect(sectionsAt(url.replace(/#.*/, '#freshetunknown'))).toEqual([])
    expect(sectionsAt(url.replace(/#.*/, ''))).toEqual([])
  })

  it('are listed in the first page', () => {
    const readme = pages.find(({ file }) => file === 'README.md')?.text ?? ''
    for (const { alert, path } of runbooks) expect(readme).toContain(`[${alert}](${path})`)
  })

  it.each(runbooks)('$alert has its four parts, each with something in it', ({ text }) => {
    const parts = text.split(/^\*\*(\w+)\.\*\*\s/m)
    expect(parts.filter((_, index) => index % 2 === 1)).toEqual(PARTS)
    for (const part of parts.filter((_, index) => index > 0 && index % 2 === 0))
      expect(part.length).toBeGreaterThan(45)
  })

  const lines = pages.flatMap(({ file, text }) =>
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
