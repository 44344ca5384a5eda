import { spawnSync } from 'node:child_process'

/** What a program said, and whether it was content. */
export interface Said {
  readonly isContent: boolean
  /** Both streams, one after the other. */
  readonly text: string
}

/** Runs a program to its end, with what it reads on its standard input. */
export function run(program: string, args: readonly string[], input = ''): Said {
  const { status, stdout, stderr } = spawnSync(program, args, { input, encoding: 'utf8' })
  return { isContent: status === 0, text: `${stdout}${stderr}` }
}

/** Whether a program of Prometheus is installed here. */
export function isInstalled(program: 'promtool' | 'prometheus'): boolean {
  return run(program, ['--version']).isContent
}
