import { javaMajor, outputOf } from '@freshet/owned-dir'

const JAVA_MIN = 17

/** The availability of Keycloak here, and if there is none, the one thing to install. */
export type KeycloakAvailability =
  | { readonly available: true }
  | { readonly available: false; readonly missing: string }

/** Looks for Java 17 or newer, Maven and tar. It starts nothing and downloads nothing. */
export async function keycloakAvailability(
  env: NodeJS.ProcessEnv = process.env,
): Promise<KeycloakAvailability> {
  const java = javaMajor(await outputOf('java', ['-version'], env))
  if (java === null || java < JAVA_MIN) return missing(`Java ${JAVA_MIN} or newer`)
  if ((await outputOf('mvn', ['--version'], env)) === null) return missing('Maven (mvn)')
  if ((await outputOf('tar', ['--version'], env)) === null) return missing('tar')
  return { available: true }
}

function missing(what: string): KeycloakAvailability {
  return { available: false, missing: what }
}
