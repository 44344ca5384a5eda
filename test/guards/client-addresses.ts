/**
 * Returns addresses on loopback, in turn. A service slows down wrong tokens by address, so that one address
 * would soon be answered 429 whatever it sends.
 */
export function clientAddresses(): () => string {
  let given = 0
  return () => {
    given = (given + 1) % ADDRESSES
    return `127.0.1.${given + 1}`
  }
}

const ADDRESSES = 200
