// Made by layers/kit/load.py (docs/decisions/load-class.md): do not edit.
export const LOAD_STEPS = [0.5, 0.8, 1.0];
export const LOAD_CLASSES = ['load-50', 'load-80', 'load-100', 'load-over', 'load-alone'];
