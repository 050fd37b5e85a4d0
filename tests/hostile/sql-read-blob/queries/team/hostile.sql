select content from read_blob('/proc/self/environ')
