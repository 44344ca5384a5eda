import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { readSourceKey, sourceAssertion } from '@freshet/source'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { codeIn } from '../docs/code-blocks.ts'
import { readPage } from '../docs/pages.ts'
import { sourceOf, type TestEvent } from '../e2e/source.ts'
import { canRun, startTestStack, type TestStack } from '../e2e/test-stack.ts'
import { recorded } from '../e2e/timeline.ts'
import { hasPython, pythonProgram } from '../setup/python.ts'

const PACKAGE = 'freshet_gateway'
/** Imports each module of the client, and prints those that fail with the number of all. */
const IMPORT_ALL = `
import importlib, json, pkgutil, ${PACKAGE}
failed, count = [], 0
for module in pkgutil.walk_packages(${PACKAGE}.__path__, "${PACKAGE}."):
    count += 1
    try:
        importlib.import_module(module.name)
    except Exception as error:
        failed.append(f"{module.name}: {error!r}")
print(json.dumps({"failed": failed, "count": count}))
`

it.runIf(process.env['CI'] !== undefined)('the generator is installed where CI runs', () => {
  expect(hasPython).toBe(true)
})

describe.runIf(canRun && hasPython)('the client in Python of docs/api.md', () => {
  let stack: TestStack
  let folder: string
  const page = readPage('docs/api.md').text

  beforeAll(async () => {
    stack = await startTestStack()
    folder = await mkdtemp(join(tmpdir(), 'freshet-python-'))
    const document = await fetch(new URL('/openapi.json', stack.at.gateway))
    await generate('gateway.json', (await document.json()) as OpenApi)
    await writeFile(join(folder, 'send.py'), codeIn(page, 'python'))
  })
  afterAll(async () => {
    await rm(folder, { recursive: true })
    await stack.stop()
  })

  interface OpenApi {
    readonly paths: {
      readonly '/v1/changes': {
        readonly post: { readonly requestBody: { readonly content: Record<string, object> } }
      }
    }
  }

  /** Makes a client by the command of the page. */
  const generate = async (file: string, document: OpenApi, output = PACKAGE): Promise<void> => {
    await writeFile(join(folder, file), JSON.stringify(document))
    const args = ['--path', file, '--meta', 'none', '--output-path', output]
    const options = { cwd: folder }
    await promisify(execFile)(
      pythonProgram('openapi-python-client'),
      ['generate', ...args],
      options,
    )
  }
  const python = async (args: readonly string[], env = {}, input = ''): Promise<string> => {
    const running = promisify(execFile)(pythonProgram('python'), args, { cwd: folder, env })
    running.child.stdin?.end(input)
    return (await running).stdout
  }
  const send = async (script: string, event: TestEvent): Promise<string> => {
    const key = readSourceKey('hr', stack.workspace.sources['hr']?.keyFile ?? '')
    const assertion = await sourceAssertion(await key, stack.at.gateway)
    const env = { GATEWAY_URL: stack.at.gateway, ASSERTION: assertion }
    return python([script], env, JSON.stringify(event))
  }
  const nextEvent = (): Promise<TestEvent> => {
    const change = { op: 'set', subject: 'alice', claim: 'groups', value: ['staff'] }
    return sourceOf(stack, 'hr').event(change)
  }

  it('has the commands of the page', () => {
    expect(page).toContain(`--path gateway.json --meta none --output-path ${PACKAGE}`)
    expect(page).toContain('http://127.0.0.1:7070/openapi.json')
  })

  it('has modules that all import', async () => {
    const { failed, count } = JSON.parse(await python(['-c', IMPORT_ALL])) as {
      readonly failed: readonly string[]
      readonly count: number
    }
    expect(failed).toEqual([])
    expect(count).toBeGreaterThan(300)
  })

  it('sends a change', async () => {
    const event = await nextEvent()
    expect(await send('send.py', event)).toMatch(new RegExp(`^202 .*'id': '${event.id}'`))
    await recorded(stack, event.id)
  })

  it('control: a body that is a list of a class makes its calls fail', async () => {
    const document = (await (
      await fetch(new URL('/openapi.json', stack.at.gateway))
    ).json()) as OpenApi
    const { content } = document.paths['/v1/changes'].post.requestBody
    const items = { $ref: '#/components/schemas/ChangeEvent' }
    content['application/cloudevents-batch+json'] = { schema: { type: 'array', items } }
    await generate('lists.json', document, 'with_lists')
    await writeFile(
      join(folder, 'send-lists.py'),
      codeIn(page, 'python').replaceAll(PACKAGE, 'with_lists'),
    )
    await expect(send('send-lists.py', await nextEvent())).rejects.toThrow(
      /isinstance\(\) argument 2 cannot be a parameterized generic/,
    )
  })
})
