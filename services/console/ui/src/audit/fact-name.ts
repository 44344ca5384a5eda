/** The name of a fact for people: `leaseMs` is `lease`, and its figure has the unit. */
export function factName(name: string): string {
  return name
    .replace(/Ms$/, '')
    .replaceAll(/(?<=[a-z])[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`)
}
