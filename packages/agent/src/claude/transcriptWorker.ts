import { parentPort, workerData } from 'node:worker_threads'
import { answerFromFiles } from './transcriptFiles.ts'
import type { TranscriptQuestion } from './transcripts.ts'

/** A thread for one question and its answer (`transcripts.ts` asks). */
parentPort?.postMessage(await answerFromFiles(workerData as TranscriptQuestion)) // made by our own side
