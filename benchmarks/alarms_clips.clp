; The rules of the alarm benchmark in CLIPS: a limit with deadband and delays is a fact, not a program.
; A value holds until the next; `told` is the door to Python.

(deftemplate watch
  (slot id) (slot point) (slot sign) (slot trip) (slot clear) (slot on_delay) (slot off_delay)
  (slot on (default FALSE)) (slot told (default FALSE)) (slot since (default 0)))

(deftemplate sample (slot point) (slot at) (slot value))

(defrule came
  (sample (point ?p) (at ?t) (value ?v))
  ?w <- (watch (point ?p) (on FALSE) (sign ?s) (trip ?x&:(> (* ?s ?v) ?x)))
  => (modify ?w (on TRUE) (since ?t)))

(defrule went
  (sample (point ?p) (at ?t) (value ?v))
  ?w <- (watch (point ?p) (on TRUE) (sign ?s) (clear ?x&:(<= (* ?s ?v) ?x)))
  => (modify ?w (on FALSE) (since ?t)))

(defrule raised
  (declare (salience -10))
  (sample (point ?p) (at ?t))
  ?w <- (watch (id ?id) (point ?p) (on TRUE) (told FALSE) (since ?since)
               (on_delay ?d&:(>= ?t (+ ?since ?d))))
  => (modify ?w (told TRUE)) (told ?id (+ ?since ?d) 1))

(defrule returned
  (declare (salience -10))
  (sample (point ?p) (at ?t))
  ?w <- (watch (id ?id) (point ?p) (on FALSE) (told TRUE) (since ?since)
               (off_delay ?d&:(>= ?t (+ ?since ?d))))
  => (modify ?w (told FALSE)) (told ?id (+ ?since ?d) 0))

(defrule done
  (declare (salience -20))
  ?sample <- (sample)
  => (retract ?sample))
