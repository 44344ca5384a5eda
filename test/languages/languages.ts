import { execFile, spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { pythonProgram } from '../setup/python.ts'
import { builtOnce, codeOfPage } from './page-code.ts'

/** The addresses that a service of a page needs. */
export interface Addresses {
  readonly port: number
  readonly sidecar: string
  readonly authority: string
  readonly issuer: string
  /** The secret of the client `payments-api`. */
  readonly clientSecret: string
}

/** A service whose code is on a page. */
export interface Language {
  readonly name: string
  readonly page: string
  /** The process that the service asks about each token. */
  readonly asks: 'sidecar' | 'authority'
  /** Each program that it needs, with the argument that prints its version. */
  readonly tools: Readonly<Record<string, string>>
  readonly build: (dir: string) => Promise<void>
  readonly command: (dir: string) => readonly [program: string, ...args: readonly string[]]
  readonly environment: (at: Addresses) => Readonly<Record<string, string>>
}

const BUILD_WITHIN_MS = 500_000
const OUTPUT_BYTES_MAX = 1 << 20

const java: Language = {
  name: 'java',
  page: 'java.md',
  asks: 'sidecar',
  tools: { javac: '-version', mvn: '--version' },
  async build(dir) {
    const lib = `-DoutputDirectory=${join(dir, 'target', 'lib')}`
    const goals = ['compile', 'dependency:copy-dependencies', '-DincludeScope=runtime', lib]
    await run('mvn', ['-q', '-B', ...goals], dir)
  },
  command: (dir) => {
    const quick = ['-XX:TieredStopAtLevel=1', '-XX:+UseSerialGC', '-Xmx128m']
    const classpath = `${join(dir, 'target', 'classes')}:${join(dir, 'target', 'lib', '*')}`
    return ['java', ...quick, '-cp', classpath, 'example.Payments']
  },
  environment: ({ port, sidecar, issuer }) => ({
    FRESHET_ISSUER: issuer,
    FRESHET_AUDIENCE: 'payments',
    SIDECAR_URL: sidecar,
    SERVER_ADDRESS: '127.0.0.1',
    SERVER_PORT: String(port),
  }),
}

const go: Language = {
  name: 'go',
  page: 'go.md',
  asks: 'sidecar',
  tools: { go: 'version' },
  build: (dir) => run('go', ['build', '-o', 'service', '.'], dir),
  command: (dir) => [join(dir, 'service')],
  environment: ({ port, sidecar }) => ({ PORT: String(port), SIDECAR_URL: sidecar }),
}

const python: Language = {
  name: 'python',
  page: 'python.md',
  asks: 'sidecar',
  tools: { python3: '--version' },
  build: (dir) => run('python3', ['-m', 'compileall', '-q', '.'], dir),
  command: (dir) => ['python3', join(dir, 'payments.py')],
  environment: ({ port, sidecar }) => ({ PORT: String(port), SIDECAR_URL: sidecar }),
}

const uvicorn = pythonProgram('uvicorn')
const fastapi: Language = {
  ...python,
  name: 'python with FastAPI',
  tools: { [uvicorn]: '--version' },
  command: (dir) => [uvicorn, 'payments_asgi:app', '--app-dir', dir],
  environment: ({ port, sidecar }) => ({ UVICORN_PORT: String(port), SIDECAR_URL: sidecar }),
}

const introspecting: Language = {
  ...python,
  name: 'python by introspection',
  asks: 'authority',
  environment: ({ port, authority, clientSecret }) => ({
    PORT: String(port),
    AUTHORITY_URL: authority,
    CLIENT_SECRET: clientSecret,
  }),
}

/** The services of the pages. */
export const languages: readonly Language[] = [java, go, python, fastapi, introspecting]

/** Those whose tools are here. */
export const runnable: readonly Language[] = languages.filter(({ tools }) =>
  Object.entries(tools).every(([tool, version]) => spawnSync(tool, [version]).status === 0),
)

/** Returns the folder of the built code of a page. */
export function built({ page, build }: Language): Promise<string> {
  return builtOnce(page.replace('.md', ''), codeOfPage(page), build)
}

async function run(program: string, args: readonly string[], cwd: string): Promise<void> {
  const env = { ...process.env, CGO_ENABLED: '0', GOTOOLCHAIN: 'local' }
  const limits = { timeout: BUILD_WITHIN_MS, maxBuffer: OUTPUT_BYTES_MAX }
  try {
    await promisify(execFile)(program, args, { cwd, env, ...limits })
  } catch (error) {
    const { stdout = '', stderr = '' } = error as { stdout?: string; stderr?: string }
    throw new Error(`${program} could not build the page:\n${stdout}${stderr}`, { cause: error })
  }
}
