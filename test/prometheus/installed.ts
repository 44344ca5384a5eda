import { spawnSync } from 'node:child_process'

/** The output of a program, and whether it succeeded. */
export interface Output {
  readonly isContent: boolean
  /** Both streams, one after the other. */
  readonly text: string
}

/** Runs a program to its end, with this standard input. */
export function run(program: string, args: readonly string[], input = ''): Output {
  const { status, stdout, stderr } = spawnSync(program, args, { input, encoding: 'utf8' })
  return { isContent: status === 0, text: `${stdout}${stderr}` }
}

/** Returns whether a program of Prometheus is installed here. */
export function isInstalled(
  program: 'promtool' | 'prometheus' | 'prometheus-alertmanager' | 'amtool' | 'jsonnet',
): boolean {
  return run(program, ['--version']).isContent
}
