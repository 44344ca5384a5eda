/** The projects of vitest.config.ts, by the beginning of their names: those that compute, and those with services. */
export const COMPUTING = ['unit', 'explore']
const WITH_SERVICES = ['pg', 'kafka', 'e2e']
const PROJECTS = [...COMPUTING, ...WITH_SERVICES]
const WHOLE = 'whole'

/** The line about the form of a run, which names the command of the other form. */
export const FORM_TEXTS = {
  short:
    'This was the short form. `npm test -- whole` runs every suite at full length, as CI does.',
  whole: 'This was the whole form. `npm test` runs the short form where CI is not set.',
}

/**
 * Returns the form of a run, the chosen projects, and the arguments for Vitest. CI runs the whole form. A run of
 * chosen files leaves none of them out, so it has the whole form, too.
 */
export function choiceOf(given, env) {
  const args = given.filter((arg) => arg !== WHOLE)
  const projects = args.filter((arg) => PROJECTS.includes(arg))
  const rest = args.filter((arg) => !PROJECTS.includes(arg))
  const isWhole = args.length < given.length || rest.length > 0 || Boolean(env.CI)
  return { form: isWhole ? 'whole' : 'short', projects, rest }
}
