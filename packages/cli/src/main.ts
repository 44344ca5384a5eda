import { serviceIn, type ServedService } from './installation/service-names.ts'

/**
 * The `freshet` command. Sets the exit code and returns; stdout is data, stderr is for people.
 */
export async function main(argv: readonly string[]): Promise<void> {
  const args = argv.slice(2)
  const service = serviceIn(args)
  return service === undefined ? runAsCommand(args) : serve(service)
}

/** The process of a service loads no command: signals and exit code are those of the service. */
async function serve(service: ServedService['service']): Promise<void> {
  const { serveService } = await import('./installation/serve-service.ts')
  await serveService(service)
}

async function runAsCommand(args: readonly string[]): Promise<void> {
  const { processShell } = await import('./process-shell.ts')
  const { runCommand } = await import('./run-command.ts')
  const shell = processShell()
  try {
    process.exitCode = await runCommand(args, shell)
  } finally {
    shell.dispose()
  }
}
