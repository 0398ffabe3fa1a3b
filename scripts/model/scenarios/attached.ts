import { call, say } from '../reply.ts'
import { lastResult, type Scenario, type Scene } from './scenario.ts'

/** Says which images it was shown, and reads the first of the files. */
export const attached: Scenario = {
  name: 'attached',
  matches: /[\s\S]*/,
  when: ({ images, files }) => images.length > 0 || files.length > 0,
  turns: [
    (scene) => {
      const [path] = scene.files
      return path === undefined ? say(seen(scene)) : call('Read', { file_path: path }, seen(scene))
    },
    (scene) => say(`The file says:\n\n${lastResult(scene)}`),
  ],
}

function seen({ images }: Scene): string {
  return images.length === 0 ? 'I was shown no image.' : `I was shown ${images.length}: ${images.join(', ')}.`
}
