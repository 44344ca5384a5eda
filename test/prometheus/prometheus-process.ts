import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePort } from '@freshet/owned-dir'
import { stringify } from 'yaml'

/** A real Prometheus on loopback. */
export interface Prometheus extends AsyncDisposable {
  /** Returns the data of its API's answer to a GET; fails with the API's error. */
  get(path: string): Promise<unknown>
}

/** The scrape interval; usual installations scrape every 15 or 30 s. */
const INTERVAL = '500ms'

/** Starts one that scrapes a target and evaluates rules; resolves when it answers. */
export async function startPrometheus(
  target: URL,
  ruleFiles: readonly string[],
): Promise<Prometheus> {
  const dir = await mkdtemp(join(tmpdir(), 'freshet-prometheus-'))
  const port = await freePort()
  const configuration = {
    global: { scrape_interval: INTERVAL, scrape_timeout: INTERVAL, evaluation_interval: INTERVAL },
    rule_files: ruleFiles,
    scrape_configs: [{ job_name: 'freshet', static_configs: [{ targets: [target.host] }] }],
  }
  await writeFile(join(dir, 'prometheus.yaml'), stringify(configuration))
  const process = spawn(
    'prometheus',
    [
      `--config.file=${join(dir, 'prometheus.yaml')}`,
      `--storage.tsdb.path=${join(dir, 'data')}`,
      `--web.listen-address=127.0.0.1:${port}`,
    ],
    { stdio: ['ignore', 'ignore', 'pipe'] },
  )
  const said: string[] = []
  process.stderr.on('data', (part: Buffer) => void said.push(part.toString()))
  const url = `http://127.0.0.1:${port}`
  const isReady = async (): Promise<boolean> => {
    if (process.exitCode !== null) throw new Error(`prometheus ended: ${said.join('')}`)
    return fetch(`${url}/-/ready`).then(
      ({ ok }) => ok,
      () => false,
    )
  }
  while (!(await isReady())) await new Promise((resolve) => setImmediate(resolve))
  return {
    get: (path) => dataOf(`${url}${path}`),
    async [Symbol.asyncDispose]() {
      const ended = once(process, 'exit')
      process.kill('SIGTERM')
      await ended
      await rm(dir, { recursive: true, force: true })
    },
  }
}

async function dataOf(url: string): Promise<unknown> {
  const answer = (await (await fetch(url)).json()) as {
    status: string
    error?: string
    data: unknown
  }
  if (answer.status !== 'success') throw new Error(answer.error)
  return answer.data
}
