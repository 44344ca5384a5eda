import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'

/** `test/deploy/install-tools.sh` puts the tools here. */
const TOOLS = join(homedir(), '.cache', 'freshet', 'tools')
/** The newest Kubernetes of which kubernetes-validate has the schemas. */
const KUBERNETES = '1.37'

/** True if the tools are installed. `.ci/run` installs them. */
export const hasTools: boolean = existsSync(join(TOOLS, 'installed-1'))

/** The path of a schema that the tools brought. */
export const toolSchema = (name: string): string => join(TOOLS, 'schemas', name)

/** The result of a tool: its exit code and both streams. */
export interface ToolRun {
  readonly code: number | null
  readonly out: string
  readonly err: string
}

/** Runs an installed tool to its end, with this standard input. The tools come before programs of the machine. */
export function runTool(program: string, args: readonly string[], input = ''): ToolRun {
  const env = { ...process.env, PATH: `${join(TOOLS, 'bin')}:${process.env['PATH'] ?? ''}` }
  const { status, stdout, stderr, error } = spawnSync(program, args, {
    input,
    env,
    encoding: 'utf8',
    maxBuffer: 64 * 1_024 * 1_024,
  })
  return { code: status, out: stdout, err: error === undefined ? stderr : error.message }
}

/** Returns the objects of a text that the strict schemas of Kubernetes refuse, one line for each. */
export function kubernetesFaults(text: string): readonly string[] {
  const args = ['--strict', '--quiet', '--kubernetes-version', KUBERNETES, '-']
  const { code, out, err } = runTool('kubernetes-validate', args, text)
  const lines = `${out}${err}`.split('\n').filter((line) => line !== '')
  return code === 0 || lines.length > 0 ? lines : [`kubernetes-validate ended with ${code}`]
}
