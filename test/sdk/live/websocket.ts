import type { Edge } from '@freshet/edge'
import type { WebSocketServer } from 'ws'
import { liveSignal } from './live-signal.ts'

/** The close code for a client that is not, or no longer, authorized. */
const UNAUTHORIZED = 3000

export function serveSockets(edge: Edge, sockets: WebSocketServer): void {
  sockets.on('connection', async (socket, request) => {
    const signal = await liveSignal(edge, request, socket)
    const end = (): void => socket.close(UNAUTHORIZED, signal.reason.code)
    if (signal.aborted) return end()
    signal.addEventListener('abort', end)
    socket.send('welcome')
  })
}
