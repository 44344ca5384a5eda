/** Returns the name in a principal of Kafka: `NAME` of `User:NAME`. */
export function userOf(principal: string): string {
  return principal.slice(principal.indexOf(':') + 1)
}
