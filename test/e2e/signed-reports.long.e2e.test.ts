import { readFile, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { EdgeJson, EdgesAnswer, EvidenceAnswer } from '@freshet/insight/answers'
import {
  decodeEdgeReport,
  EDGE_REPORTS_TOPIC,
  edgeReportPartition,
  encodeEdgeReport,
  generateKey,
  type EdgeReport,
  type LogRecord,
  type OutgoingRecord,
} from '@freshet/wire'
import type { Kafka } from '@freshet/kafka'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { parseDocument } from 'yaml'
import { until } from '../../packages/cli/src/demo/until.ts'
import { cliFolder, type CliFolder } from './cli.ts'
import { kafkaOf } from './direct-world.ts'
import { canRun, processOf, startTestStack, type TestStack } from './test-stack.ts'

const SOON_MS = 20_000
const FREE_NAME = 'nobody-signs'
const FORGED = 'forged'

let stack: TestStack
let cli: CliFolder
let kafka: Kafka

async function consoleText(path: string): Promise<string> {
  const headers = { authorization: `Bearer ${stack.workspace.adminToken}` }
  const signal = AbortSignal.timeout(5_000)
  const response = await fetch(new URL(path, stack.at.console), { headers, signal })
  if (!response.ok) throw new Error(`The console answered ${response.status}.`)
  return response.text()
}

async function edge(name: string): Promise<EdgeJson | undefined> {
  const { items } = JSON.parse(await consoleText('/v1/edges')) as EdgesAnswer
  return items.find((each) => each.edge === name)
}

async function ignored(reason: string): Promise<number> {
  const name = `freshet_edge_reports_ignored_total{reason="${reason}"} `
  const line = (await consoleText('/metrics')).split('\n').find((each) => each.startsWith(name))
  return Number(line?.slice(name.length))
}

/** Returns the reports of the first sidecar, oldest first. */
async function reports(): Promise<readonly LogRecord[]> {
  const partition = edgeReportPartition('sidecar')
  const records = await kafka.reader().read(EDGE_REPORTS_TOPIC, partition, 0n, 10_000)
  return records.filter((record) => {
    const { edge: of, start } = decodeEdgeReport(record) ?? {}
    return of === 'sidecar' && start !== FORGED
  })
}

/** Returns a report that the sidecar never made, with the state of an edge that ends. */
async function forged(name = 'sidecar'): Promise<EdgeReport> {
  const last = (await reports()).at(-1)
  const report = last && decodeEdgeReport(last)
  if (report === undefined) throw new Error('The sidecar has not reported.')
  return { ...report, edge: name, start: FORGED, n: 0, state: 'closing', atMs: Date.now() }
}

/** Writes to the partition of the edge, as every process with write access can. */
async function write({ key, value, headers }: OutgoingRecord): Promise<void> {
  const partition = edgeReportPartition(Buffer.from(key ?? '').toString())
  await kafka.writer().append(EDGE_REPORTS_TOPIC, partition, [{ key, value, headers }])
}

/** Writes a record, waits until the console counts it, and expects that the sidecar is shown as before. */
async function expectIgnored(record: OutgoingRecord, reason: string): Promise<void> {
  const before = await ignored(reason)
  await write(record)
  await until(`a report is ignored: ${reason}`, SOON_MS, async () =>
    (await ignored(reason)) === before + 1 ? true : undefined,
  )
  const shown = await edge('sidecar')
  expect(shown).toMatchObject({
    standing: 'synced',
    conflict: false,
    signed: 'signed',
    signedBy: 'sidecars',
  })
  // The state that the ignored report has. The sidecar itself never reports it here.
  expect(shown?.state).not.toBe('closing')
}

describe.runIf(canRun)('sidecars with the key of a client', () => {
  beforeAll(async () => {
    stack = await startTestStack()
    cli = await cliFolder(stack)
    kafka = kafkaOf(stack)
  })
  afterAll(async () => {
    await kafka?.close()
    await cli?.dispose()
    await stack?.stop()
    expect(stack?.deaths).toEqual([])
  })

  it('sign their reports: the API, the CLI and the evidence name the client', async () => {
    for (const name of ['sidecar', 'sidecar:2'])
      expect(await edge(name)).toMatchObject({ signed: 'signed', signedBy: 'sidecars' })
    const listed = async () => (await cli.freshet('edge', 'ls', '-o', 'wide')).out
    await expect
      .poll(listed, { timeout: SOON_MS })
      .toMatch(/^sidecar +payments +synced .* sidecars /m)
    const { items } = JSON.parse(await consoleText('/v1/evidence')) as EvidenceAnswer
    expect(items.find(({ row }) => row === 'au-10.1-reports')).toMatchObject({
      verdict: 'green',
      detail: '2 of 2 edges sign their reports',
    })
  })

  it('keep out an unsigned report under the name of one of them', async () => {
    await expectIgnored(encodeEdgeReport(await forged()), 'unsigned')
  })

  it('do not keep it out under a name without a signing client (control)', async () => {
    await write(encodeEdgeReport(await forged(FREE_NAME)))
    await until('the edge that does not exist', SOON_MS, () => edge(FREE_NAME))
    expect(await edge(FREE_NAME)).toMatchObject({
      state: 'closing',
      standing: 'closed',
      signed: 'unsigned',
      signedBy: null,
    })
  })

  it('keep out a report with the signature of another one', async () => {
    const last = (await reports()).at(-1)
    const { key, value } = encodeEdgeReport(await forged())
    await expectIgnored({ key, value, headers: last?.headers ?? {} }, 'wrong-signature')
  })

  it('keep out a copy of an old signed report', async () => {
    const { value: old } = await until('an old report', SOON_MS, async () =>
      (await reports()).at(-3),
    )
    await expectIgnored(old, 'replayed')
  })

  it('do not count with a key that the active version has no more, and count with the new one', async () => {
    const folder = dirname(stack.workspace.registry)
    const { privateJwk, publicJwk } = await generateKey('ES256', 'sidecars-2')
    await writeFile(join(folder, 'keys', 'next.jwks.json'), JSON.stringify({ keys: [publicJwk] }))
    const document = parseDocument(await readFile(stack.workspace.registry, 'utf8'))
    document.set('version', 2)
    document.setIn(['clients', 'sidecars', 'keys'], 'keys/next.jwks.json')
    document.setIn(['clients', 'sidecars', 'edges'], ['sidecar*', FREE_NAME])
    const file = join(folder, 'registry-2.yaml')
    await writeFile(file, document.toString())
    const before = await ignored('unknown-key')
    for (const args of [
      ['publish', file],
      ['activate', '2', '--reason', 'a key is replaced', '--wait'],
    ])
      expect(await cli.freshet('registry', ...args)).toMatchObject({ code: 0 })
    await until('reports by the old key are ignored', SOON_MS, async () =>
      (await ignored('unknown-key')) > before ? true : undefined,
    )
    expect(await edge('sidecar')).toMatchObject({ signed: 'withdrawn', signedBy: 'sidecars' })
    const { keyFile } = stack.workspace.edgeClientKey ?? { keyFile: '' }
    await writeFile(keyFile, JSON.stringify(privateJwk))
    const sidecar = processOf(stack, 'sidecar')
    await sidecar.stop()
    await sidecar.start()
    await until('reports by the new key count', SOON_MS, async () => {
      const { signed, standing } = (await edge('sidecar')) ?? {}
      return signed === 'signed' && standing === 'synced' ? true : undefined
    })
  })

  it('can be declared in the registry: then an unsigned report never counts under the name', async () => {
    const before = await edge(FREE_NAME)
    expect(before).toMatchObject({ signed: 'unsigned' })
    await expectIgnored(encodeEdgeReport(await forged(FREE_NAME)), 'unsigned')
    expect((await edge(FREE_NAME))?.reportedAt).toBe(before?.reportedAt)
  })
})
