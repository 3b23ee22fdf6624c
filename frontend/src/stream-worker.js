import { serve } from './stream-source.js'

addEventListener('connect', ({ ports }) => serve(ports[0]))
