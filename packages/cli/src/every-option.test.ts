import { describe, expect, it } from 'vitest'
import type { Command, Option } from 'commander'
import { recordingShell } from './recording-shell.ts'
import { programFor } from './run-command.ts'

/** Every command below this one that does something, by its name. */
function leaves(command: Command, path: readonly string[] = []): [string, Command][] {
  const { commands } = command
  if (commands.length === 0) return [[path.join(' '), command]]
  return commands.flatMap((each) => leaves(each, [...path, each.name()]))
}

const freshProgram = (): Command => programFor(recordingShell()) as unknown as Command
const all = leaves(freshProgram())
const options = all.flatMap(([path, command]) =>
  command.options.map((option) => [`${path} ${option.flags}`, option] as const),
)
const uses = all.flatMap(([path, command]) =>
  command.options.map((option) => [path, option.long ?? option.flags] as const),
)

/** A value that each placeholder of the help accepts. */
const SAMPLES: Readonly<Record<string, string>> = {
  alg: 'ES256',
  'claim=value,…': 'groups=staff',
  count: '3',
  duration: '10s',
  kind: 'cut-off-ordered',
  kinds: 'accounts,cut-offs',
  lead: '15m',
  n: '3',
  name: 'x',
  op: 'set',
  outcome: 'late',
  port: '7001',
  'process=name': 'gateway=gw',
  risk: 'normal',
  system: 'file',
  'name=value': 'client=freshet',
  'role=principal': 'edge=User:payments',
  span: '10m',
  state: 'applied',
  time: '15m',
  version: '2',
}
/** Options whose placeholder has other values elsewhere. */
const OWN: Readonly<Record<string, string>> = {
  'audit ls --stream': 'control',
  'edge ls --status': 'stale',
  'edge ls --standing': 'stale',
  'quarantine ls --state': 'open',
  'source load --format': 'jsonl',
  'source resync --format': 'jsonl',
  'source load --as-of': '7',
  'source resync --as-of': '7',
}

function sampleOf(path: string, { flags, argChoices, long }: Option): string | undefined {
  const [, placeholder] = /[<[](.+)[>\]]/.exec(flags) ?? []
  if (placeholder === undefined) return undefined
  if (long === '--output') return 'json'
  return OWN[`${path} ${long}`] ?? argChoices?.[0] ?? SAMPLES[placeholder] ?? 'x'
}

/** Parses a line without an action, and returns the options that the command got. */
async function parsed(line: readonly string[]): Promise<Readonly<Record<string, unknown>>> {
  const program = freshProgram()
  let got: Readonly<Record<string, unknown>> = {}
  for (const [, command] of leaves(program)) command.action(() => void (got = command.opts()))
  await program.parseAsync([...line], { from: 'user' })
  return got
}

function lineFor(path: string, flag: string): { readonly line: string[]; readonly used: Option } {
  const [, command] = all.find(([each]) => each === path) ?? []
  const used = command?.options.find((each) => (each.long ?? each.flags) === flag)
  if (command === undefined || used === undefined) throw new Error(`${path} has no ${flag}`)
  const words = command.registeredArguments.filter(({ required }) => required)
  const given = words.map((each) => each.argChoices?.[0] ?? SAMPLES[each.name()] ?? 'x')
  const needed = command.options.filter((each) => each.mandatory && each !== used)
  const flags = [...needed, used].flatMap((each) =>
    [each.long ?? '', sampleOf(path, each) ?? []].flat(),
  )
  return { line: [...path.split(' '), ...given, ...flags], used }
}

describe('an option of the command line', () => {
  it.each(options)('%s takes a value where it names one', (flags, option) => {
    const [, word] = /^(?:-\w, )?--[\w-]+ +(\S+)$/.exec(option.flags) ?? []
    expect(flags).toBeTruthy()
    // Without brackets Commander reads a flag, and the value becomes an extra argument.
    if (word !== undefined) expect(word).toMatch(/^(<.+>|\[.+\])$/)
    expect(option.required || option.optional).toBe(word !== undefined)
  })

  it.each(uses)('of freshet %s is used once: %s', async (path, flag) => {
    const { line, used } = lineFor(path, flag)
    const got = await parsed(line)
    expect(Object.keys(got)).toContain(used.attributeName())
  })

  it('control: an option that is declared as a flag does not take its value', async () => {
    const program = freshProgram()
    const edges = leaves(program).find(([path]) => path === 'edge ls')?.[1]
    edges?.option('--planted WORD', 'a value without brackets').action(() => {})
    const run = program.parseAsync(['edge', 'ls', '--planted', 'x'], { from: 'user' })
    await expect(run).rejects.toThrow('too many arguments')
  })

  it('there are many', () => {
    expect(options.length).toBeGreaterThan(200)
  })
})
