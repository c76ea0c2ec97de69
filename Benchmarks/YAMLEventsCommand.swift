import CLibYAML

/// Goes through the events of libyaml and counts them: the least that a reader on top of it costs.
enum YAMLEventsCommand {
  static func run(_ arguments: inout Arguments) throws(Arguments.Wrong) {
    let path = try arguments.value(of: "the file")
    try arguments.end()
    let bytes = try Files.read(path)
    let parser = UnsafeMutablePointer<yaml_parser_t>.allocate(capacity: 1)
    defer { parser.deallocate() }
    guard yaml_parser_initialize(parser) == 1 else { throw Arguments.Wrong("out of memory") }
    defer { yaml_parser_delete(parser) }

    var events = 0
    var isWellFormed = true
    bytes.withUnsafeBufferPointer { buffer in
      yaml_parser_set_encoding(parser, YAML_UTF8_ENCODING)
      yaml_parser_set_input_string(parser, buffer.baseAddress, buffer.count)
      var event = yaml_event_t()
      var isAtEnd = false
      while !isAtEnd {
        guard yaml_parser_parse(parser, &event) == 1 else {
          isWellFormed = false
          return
        }
        events += 1
        isAtEnd = event.type == YAML_STREAM_END_EVENT
        yaml_event_delete(&event)
      }
    }
    guard isWellFormed else { throw Arguments.Wrong("\(path) is no YAML") }
    print("\(events) events")
  }
}
