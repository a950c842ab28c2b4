// Wheel, drag, pinch and click on the map.

/** Further than this, in pixels, is a drag and no click. */
const CLICK_REACH = 5;

/**
 * @param {HTMLElement} element
 * @param {{pan: (dx: number, dy: number) => void,
 *   zoom: (factor: number, x: number, y: number) => void,
 *   click: (x: number, y: number) => void, done: () => void}} actions in pixels of the element
 */
export function watchPointers(element, actions) {
  const pointers = new Map();
  let moved = 0;
  const at = (event) => {
    const box = element.getBoundingClientRect();
    return [event.clientX - box.left, event.clientY - box.top];
  };
  element.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    if (pointers.size === 0) moved = 0;
    pointers.set(event.pointerId, at(event));
    element.setPointerCapture(event.pointerId);
  });
  element.addEventListener("pointermove", (event) => {
    if (!pointers.has(event.pointerId)) return;
    const before = pointers.get(event.pointerId);
    const now = at(event);
    moved += Math.hypot(now[0] - before[0], now[1] - before[1]);
    if (pointers.size === 2) pinch(pointers, event.pointerId, now, actions);
    else if (moved > CLICK_REACH) actions.pan(now[0] - before[0], now[1] - before[1]);
    pointers.set(event.pointerId, now);
  });
  const ended = (event) => {
    if (!pointers.delete(event.pointerId)) return;
    if (event.type === "pointerup" && moved <= CLICK_REACH) actions.click(...at(event));
    else actions.done();
  };
  element.addEventListener("pointerup", ended);
  element.addEventListener("pointercancel", ended);
  element.addEventListener("wheel", (event) => {
    event.preventDefault();
    const lines = event.deltaMode === 1 ? 20 : 1;
    const strength = event.ctrlKey ? 0.01 : 0.0016;
    actions.zoom(Math.exp(-event.deltaY * lines * strength), ...at(event));
    actions.done();
  }, { passive: false });
}

/** Two fingers: the world stays under both. */
function pinch(pointers, moving, now, actions) {
  const [other] = [...pointers.entries()].filter(([id]) => id !== moving).map(([, place]) => place);
  const before = pointers.get(moving);
  const grown = Math.hypot(now[0] - other[0], now[1] - other[1])
    / Math.max(Math.hypot(before[0] - other[0], before[1] - other[1]), 1);
  actions.pan((now[0] - before[0]) / 2, (now[1] - before[1]) / 2);
  actions.zoom(grown, (now[0] + other[0]) / 2, (now[1] + other[1]) / 2);
}
