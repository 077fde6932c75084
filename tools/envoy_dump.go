// Prints every protobuf message and enum that is linked into it, as JSON: what tools/envoy_types.py makes its table of.
package main

import (
	"encoding/json"
	"os"

	udpa "github.com/cncf/xds/go/udpa/annotations"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"
	"google.golang.org/protobuf/types/descriptorpb"
)

type message struct {
	// Name, kind (a scalar kind, or the full name of a message or enum) and shape ("", "[" or "{") of each field.
	Fields [][3]string `json:"fields"`
	Frozen bool        `json:"frozen"`
}

var messages = map[string]message{}
var enums = map[string][]string{}

func main() {
	protoregistry.GlobalFiles.RangeFiles(func(file protoreflect.FileDescriptor) bool {
		addEnums(file.Enums())
		addMessages(file.Messages(), frozen(file))
		return true
	})
	if err := json.NewEncoder(os.Stdout).Encode(map[string]any{"messages": messages, "enums": enums}); err != nil {
		panic(err)
	}
}

func frozen(file protoreflect.FileDescriptor) bool {
	options, ok := file.Options().(*descriptorpb.FileOptions)
	if !ok || options == nil {
		return false
	}
	status, ok := proto.GetExtension(options, udpa.E_FileStatus).(*udpa.StatusAnnotation)
	return ok && status.GetPackageVersionStatus() == udpa.PackageVersionStatus_FROZEN
}

func addEnums(list protoreflect.EnumDescriptors) {
	for i := 0; i < list.Len(); i++ {
		names := []string{}
		for j := 0; j < list.Get(i).Values().Len(); j++ {
			names = append(names, string(list.Get(i).Values().Get(j).Name()))
		}
		enums[string(list.Get(i).FullName())] = names
	}
}

func addMessages(list protoreflect.MessageDescriptors, frozen bool) {
	for i := 0; i < list.Len(); i++ {
		this := list.Get(i)
		if this.IsMapEntry() {
			continue
		}
		fields := [][3]string{}
		for j := 0; j < this.Fields().Len(); j++ {
			fields = append(fields, describe(this.Fields().Get(j)))
		}
		messages[string(this.FullName())] = message{fields, frozen}
		addEnums(this.Enums())
		addMessages(this.Messages(), frozen)
	}
}

func describe(field protoreflect.FieldDescriptor) [3]string {
	value, shape := field, ""
	if field.IsMap() {
		value, shape = field.MapValue(), "{"
	} else if field.IsList() {
		shape = "["
	}
	kind := value.Kind().String()
	switch value.Kind() {
	case protoreflect.MessageKind, protoreflect.GroupKind:
		kind = string(value.Message().FullName())
	case protoreflect.EnumKind:
		kind = string(value.Enum().FullName())
	}
	return [3]string{string(field.Name()), kind, shape}
}
