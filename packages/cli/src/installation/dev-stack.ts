import { CliError } from '../cli-error.ts'
import { CLI_VERSION } from './cli-version.ts'

const NAME = '@freshet/dev-stack'

/** The package with the broker, the database and the application of `dev` and `demo`. */
export type DevStack = typeof import('@freshet/dev-stack')

type Load = () => Promise<DevStack>

const load: Load = () => import('@freshet/dev-stack')

/** Loads the package, or returns undefined where it is not installed: operators do not need it. */
export async function findDevStack(importing: Load = load): Promise<DevStack | undefined> {
  try {
    return await importing()
  } catch (error) {
    if (isAbsent(error)) return undefined
    throw error
  }
}

/**
 * Loads the package for a command.
 *
 * @throws with the command that installs it
 */
export async function requireDevStack(command: string, importing: Load = load): Promise<DevStack> {
  const found = await findDevStack(importing)
  if (found !== undefined) return found
  throw new CliError('error', `freshet ${command} needs the package ${NAME}.`, {
    why: 'it is not installed: it has the Kafka and the Postgres of development',
    next: `npm install --save-dev ${NAME}@${CLI_VERSION}`,
  })
}

/** An incomplete installation of the package is another error, which names the missing module. */
function isAbsent(error: unknown): boolean {
  const { code, message } = Object(error) as { readonly code?: string; readonly message?: string }
  return code === 'ERR_MODULE_NOT_FOUND' && message?.includes(`package '${NAME}'`) === true
}
