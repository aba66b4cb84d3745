// Touch: one finger that moves sideways selects a range, two fingers zoom. Moving up or down scrolls the page (touch-action).
function addTouch(u, view) {
  const fingers = new Map();
  let from = null;
  let pinch = null;
  const place = (event) => event.clientX - u.over.getBoundingClientRect().left;
  const hide = () => u.setSelect({ left: 0, width: 0, top: 0, height: 0 }, false);
  const isTouch = (handler) => (event) => event.pointerType === "touch" && handler(event);

  u.over.addEventListener("pointerdown", isTouch((event) => {
    fingers.set(event.pointerId, place(event));
    u.over.setPointerCapture(event.pointerId);
    from = fingers.size === 1 ? place(event) : null;
    hide();
    pinch = fingers.size === 2 ? [...fingers.values()].map((px) => u.posToVal(px, "x")) : null;
  }));
  u.over.addEventListener("pointermove", isTouch((event) => {
    if (!fingers.has(event.pointerId)) return;
    fingers.set(event.pointerId, place(event));
    const width = u.over.clientWidth;
    if (pinch && fingers.size === 2) {
      const [a, b] = fingers.values();
      if (Math.abs(b - a) < 20) return;
      const span = ((pinch[1] - pinch[0]) / (b - a)) * width;
      const low = pinch[0] - (a / width) * span;
      if (span > 0) view.setZoom([low, low + span]);
    } else if (from !== null && Math.abs(place(event) - from) > 8) {
      const [left, right] = [from, place(event)].sort((p, q) => p - q).map((px) => Math.min(Math.max(px, 0), width));
      u.setSelect({ left, width: right - left, top: 0, height: u.over.clientHeight }, false);
    }
  }));
  const lift = (cancelled) => isTouch((event) => {
    fingers.delete(event.pointerId);
    const { left, width } = u.select;
    if (!cancelled && from !== null && width >= 12) view.setZoom([u.posToVal(left, "x"), u.posToVal(left + width, "x")]);
    from = null;
    pinch = null;
    hide();
  });
  u.over.addEventListener("pointerup", lift(false));
  u.over.addEventListener("pointercancel", lift(true));
}
