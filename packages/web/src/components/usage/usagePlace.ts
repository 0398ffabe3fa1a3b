import { shallowRef } from 'vue'

/** The project whose usage is looked at, asked for from anywhere on the page. */
export const usageOf = shallowRef<string>()
