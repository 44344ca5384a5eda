import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Edge } from '@freshet/edge'
import { liveSignal } from './live-signal.ts'

export async function serveEvents(
  edge: Edge,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const signal = await liveSignal(edge, request, response)
  if (signal.aborted) return void response.writeHead(401).end()
  signal.addEventListener('abort', () => response.end(`event: ${signal.reason.code}\ndata:\n\n`))
  response.writeHead(200, { 'content-type': 'text/event-stream' })
  response.write('data: welcome\n\n')
}
