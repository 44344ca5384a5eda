/** Returns the environment of this process. */
export function processEnvironment(): Readonly<Record<string, string | undefined>> {
  return process.env
}
