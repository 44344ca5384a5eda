import { createServer } from 'node:net'

const PORTS = 6
const TRIES = 50
/** Ports below those that Linux gives to connections. */
const LOWEST = 20_000

/** Ends what a script started, in the shell that started it, and shows each exit code. */
export const AT_END = `
ended() {
  status=$?
  pids=$(jobs -p)
  for pid in $pids; do kill "$pid" || true; done
  for pid in $pids; do code=0; wait "$pid" || code=$?; echo "ended with $code"; done
  exit "$status"
}
trap ended EXIT
`

/** Returns the first of six free ports in a row, which an installation needs. */
export async function freeRow(): Promise<number> {
  for (let at = 0; at < TRIES; at += 1) {
    const first = LOWEST + ((process.pid * 8 + at * 64) % 10_000)
    const ports = Array.from({ length: PORTS }, (_, index) => first + index)
    const free = await Promise.all(ports.map(isFree))
    if (free.every(Boolean)) return first
  }
  throw new Error('There are no six free ports in a row.')
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', () => resolve(false))
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)))
  })
}
