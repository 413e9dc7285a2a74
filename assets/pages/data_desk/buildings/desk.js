// The building desk: what is loaded, chosen and in the hand; main.js puts its actions on it.

export const desk = {};
export const say = (key, values) => desk.words(key, values);
