import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'
import { serviceEntry } from '../../packages/cli/src/stack/paths.ts'
import { isInstalled } from '../proxy/proxy-process.ts'
import { startService } from '../setup/start-service.ts'

/** The variables without a default, of each service. */
const MISSING = {
  gateway: ['DATABASE_URL', 'KAFKA_BROKERS', 'FRESHET_REGISTRY'],
  reconciler: ['DATABASE_URL', 'KAFKA_BROKERS', 'FRESHET_REGISTRY', 'FRESHET_CHECKPOINT_KEYS_FILE'],
  authority: ['DATABASE_URL', 'KAFKA_BROKERS', 'FRESHET_REGISTRY', 'FRESHET_TOKEN_KEYS_FILE'],
  console: ['DATABASE_URL', 'KAFKA_BROKERS', 'FRESHET_REGISTRY'],
  sidecar: ['KAFKA_BROKERS', 'FRESHET_ISSUER', 'FRESHET_AUDIENCE'],
} as const
const SERVICES = Object.entries(MISSING) as [keyof typeof MISSING, readonly string[]][]
const NEXT = 'docs/configuration.md lists all of them.'

describe.each(SERVICES)('%s, started with an empty environment', (service, names) => {
  it('ends with 2 and one line of JSON, which has each missing variable once and no stack', async () => {
    const { exited, output } = startService({ entry: serviceEntry(service), env: {} })
    expect(await exited).toEqual([2, null])
    const lines = output().trim().split('\n')
    expect(lines).toHaveLength(1)
    const line = JSON.parse(lines[0] ?? '') as { readonly msg: string; readonly err: object }
    expect(line).toMatchObject({ level: 60, service })
    expect(line.err).toEqual({ code: 'config.invalid', disposition: 'stop' })
    for (const name of names) expect(output().split(`${name} is missing`)).toHaveLength(2)
    expect(output()).not.toMatch(/Invalid input|undefined|stack|node_modules/)
  })
})

const hasTerminal = process.platform === 'linux' && isInstalled('script', '--version')

describe.runIf(hasTerminal)('on a terminal', () => {
  /** `script` gives the program a terminal, and returns its exit code. */
  const onTerminal = async (env: Readonly<Record<string, string>>) => {
    const line = `${process.execPath} ${serviceEntry('gateway')}`
    const run = promisify(execFile)('script', ['-qec', line, '/dev/null'], { env })
    return run.then(
      () => ({ code: 0, text: '' }),
      ({ code, stdout }: { code: number; stdout: string }) => ({ code, text: stdout }),
    )
  }

  it('the error is text: a line for each variable, the reason and the next step', async () => {
    const { code, text } = await onTerminal({ FRESHET_PORT: 'soon', FRESHET_ISSEUR: 'x' })
    expect(code).toBe(2)
    const lines = text.trim().split(/\r?\n/)
    expect(lines[0]).toBe('gateway: The environment cannot be used:')
    expect(lines).toContain('  - KAFKA_BROKERS is missing')
    expect(lines).toContain('  - FRESHET_PORT: must be a number')
    expect(lines).toContainEqual(expect.stringContaining('did you mean FRESHET_ISSUER?'))
    expect(lines.at(-2)).toBe('  why: The process cannot use the configuration. (config.invalid)')
    expect(lines.at(-1)).toMatch(/^ {2}try: .*variable/)
    expect(lines.at(-1)?.endsWith(NEXT)).toBe(true)
    expect(text).not.toMatch(/^\{|stack| at file:/m)
  })
})
