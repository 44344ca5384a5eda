import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { SERVED } from '../../packages/cli/src/installation/service-names.ts'
import { manifestOf, ROOT } from '../architecture/pack.ts'
import {
  plansWithoutStores,
  startService,
  untilLive,
  type PlansWithoutStores,
} from '../setup/start-service.ts'
import { absentNodes, presentNodes } from './nodes.ts'

const run = promisify(execFile)
const FRESHET = join(ROOT, 'packages/cli/bin/freshet.js')
const SERVICES = SERVED.map(({ service }) => service)
const isDemanded = process.env['CI'] !== undefined
if (absentNodes.length > 0)
  process.stderr.write(`Node ${absentNodes.join(', ')} is absent, and its tests were skipped.\n`)

let plans: PlansWithoutStores

beforeAll(async () => {
  plans = await plansWithoutStores()
})
afterAll(() => plans[Symbol.asyncDispose]())

it.runIf(isDemanded)('every supported version of Node is present where CI runs', () => {
  expect(absentNodes).toEqual([])
})

/** Other tests start the services with the Node that runs them. */
const others = presentNodes.filter(({ program }) => program !== process.execPath)

describe.each(others)('on Node $major', ({ major, program }) => {
  it('control: the program is this version', async () => {
    const { stdout } = await run(program, ['--version'])
    expect(stdout).toMatch(new RegExp(`^v${major}\\.`))
  })

  it('freshet shows its version', async () => {
    const { stdout } = await run(program, [FRESHET, '--version'])
    expect(stdout.trim()).toBe(manifestOf('packages/cli').version)
  })

  it.each(SERVICES)('%s starts, lives, and ends by its signal', async (service) => {
    const started = startService({ ...plans.of(service), node: program })
    try {
      await untilLive(started)
      const { node } = (await (await fetch(`${started.url}/v1/version`)).json()) as {
        readonly node: string
      }
      expect(node).toMatch(new RegExp(`^v${major}\\.`))
      started.child.kill('SIGTERM')
      expect(await started.exited).toEqual([0, null])
    } finally {
      await started.end()
    }
  })
})
